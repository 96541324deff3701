//! Questions to the physics engine whose answer cannot end the program.
//!
//! The engine asserts what rounding does not always keep. Ground is divided so that it does (`world/ground.rs`), and what
//! moves is cut to what is near (`rides`); what is left of it is caught here, wherever panics can be: a browser's end the
//! program.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The answer, or `None` where the engine gave up; that is in the log then.
pub(super) fn ask<T>(question: impl FnOnce() -> T) -> Option<T> {
    // Questions change nothing that is looked at again after a panic.
    catch_unwind(AssertUnwindSafe(question)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_gives_up_is_no_answer() {
        assert_eq!(ask(|| 7), Some(7));
        let rounding = |number: f32| assert!(number != 0.0, "as the engine asserts");
        assert_eq!(ask(|| rounding(0.0)), None);
    }
}
