-- The mail that welcomes a tester.
-- Back: the value stays in its type, which does no harm.

alter type mail_purpose add value 'welcome';
