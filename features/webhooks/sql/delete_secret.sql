-- Deletes one webhook secret of the user; what is signed with it is refused from now on.
-- params:   $1 user_id uuid | $2 secret_id uuid
-- rows:     none
-- index:    webhook_secrets_user_channel_idx
-- mode:     write
-- place:    user
-- writes:   webhook_secrets
-- timeout:  1 s
-- budget:   40
DELETE FROM webhook_secrets WHERE user_id = $1 AND id = $2;
