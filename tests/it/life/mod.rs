//! A service's life after its generation: update, adopt, drift, blame and promote on real repositories.

mod adopt;
mod blame;
mod drift;
mod killed;
mod locked;
mod lost;
mod named;
mod odd;
mod picture;
mod promote;
mod shelf;
mod torture;
mod update;
mod versions;
