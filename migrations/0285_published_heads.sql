-- Commits are looked for among the heads that CI has told.
-- Back: drop index repository_heads_by_commit;

create index repository_heads_by_commit on repository_heads (repository_id, branch, sha, id desc);
