//! Where the program runs: everything that differs between a desktop and a browser.
//!
//! `native` and `web` have the same names in them, so that nothing else in the game asks which it is.
//! Invariant: the only `cfg` on the target in this crate is here.

cfg_select! {
    target_arch = "wasm32" => {
        mod web;
        use web as here;
    }
    _ => {
        mod native;
        use native as here;
    }
}

pub use here::{
    CopyPlace, House, Lan, Vault, network, newest_term, nobody_answers, open_door, open_house, own_worlds,
    run, unix_secs, write_private,
};

#[cfg(feature = "view")]
cfg_select! {
    target_arch = "wasm32" => {
        #[path = "platform/web/view.rs"]
        mod window;
    }
    _ => {
        #[path = "platform/native/view.rs"]
        mod window;
    }
}

#[cfg(feature = "view")]
pub use window::{
    CAN_HOST, Chosen, HAS_FILE_BUTTON, HAS_PATHS, LENDS_KEYBOARD, ONE_THREAD, POINTER_NEEDS_CLICK,
    SHADOW_CASCADES, ask_for_file, breathe, brought_file, chosen_file, face, is_touched, keep_picture,
    keyboard_is_lent, languages, now, offer_keyboard, open_address, open_page_of, pointer_was_released,
    processor_secs, safe_edges, text_keep,
};
