-- People whose personal data was erased, and mail that only tells something.
-- Back: alter table users drop column erased_at. The mail purpose stays in its type, which does no harm.

alter type mail_purpose add value 'notice';

-- What is left of them is the id, so that the audit still says who did what.
alter table users add column erased_at timestamptz;
