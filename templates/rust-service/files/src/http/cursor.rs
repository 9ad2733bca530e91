//! The cursor of a page: the identifier of the last item before it, in URL-safe base64 (RFC 4648, section 5).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// The cursor that leads to the items after `id`.
pub fn encode(id: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(id)
}

/// The identifier in a cursor; `None` when no page was ever called so.
pub fn decode(cursor: &str) -> Option<Uuid> {
    Uuid::from_slice(&URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_decoded() {
        for id in [Uuid::nil(), Uuid::max(), Uuid::now_v7()] {
            assert_eq!(decode(&encode(id)), Some(id));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let valid = encode(Uuid::nil());
        let loose_end = format!("{}B", &valid[..21]);
        for wrong in ["", "x", &valid[..21], &format!("{valid}A"), &format!("{valid}=="), &loose_end, "é", " "] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
