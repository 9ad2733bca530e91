//! Federations with real git repositories and real SSH keys: the whole story, what happens offline, and what attackers try.

mod attacks;
mod branches;
mod capabilities;
mod clones;
mod copies;
mod current;
mod lock;
mod marked;
mod matrix;
mod news;
mod odd;
mod offline;
mod org;
mod outbox;
mod partition;
mod pinned;
mod plain;
mod rooted;
mod scale;
mod served;
mod standing;
mod story;
mod torn;
mod updated;
mod versions;
mod world;
