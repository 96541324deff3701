//! Worlds on the same network, found without a link.
