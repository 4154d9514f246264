/** A message as it is sent: its bytes are what is signed. */
export interface Message {
  type: string;
  body: string;
}
