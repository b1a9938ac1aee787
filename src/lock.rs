//! Locks that nobody waits in.
//!
//! A lock is poisoned by a panic while it is held. The panic of one RPC becomes a diagnostic and the others go on, so they
//! take such a lock all the same: what is kept under locks here is whole after each single write to it.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes a lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
