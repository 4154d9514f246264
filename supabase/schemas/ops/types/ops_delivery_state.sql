-- Generated from supabase/migrations by `make schemas`; do not edit. Nothing is made from this file.

CREATE TYPE "ops"."ops_delivery_state" AS ENUM (
  'waiting',
  'claimed',
  'delivered',
  'set_aside',
  'merged',
  'past'
);

COMMENT ON TYPE "ops"."ops_delivery_state" IS 'What became of a notice for one target. waiting: it is sent when it is due. claimed: a sender has it. Ended are: delivered; set_aside, after nine failed tries over a day, until ops.retry_notice; merged, a newer one of the same kind stands for it; past, it was not true any more before it was told, or nobody asks for it any more.';
