//! An issuer's own description of itself (OpenID Connect Discovery 1.0, section 4): where its keys are.

use reqwest::Url;
use serde_json::Value;

use crate::config::is_safe_address;

/// The address of the description: below the issuer's name, whether or not that ends in a slash.
pub(super) fn address(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

/// Where the description says that the keys are. It has to speak of exactly this issuer, and the keys have to be where the issuer
/// is: who could lead us elsewhere could give us keys of their own.
pub(super) fn keys_address(description: &[u8], issuer: &str) -> Result<String, &'static str> {
    let document: Value = serde_json::from_slice(description).map_err(|_| "the description is not JSON")?;
    if document.get("issuer").and_then(Value::as_str) != Some(issuer) {
        return Err("the description is of another issuer");
    }
    let keys = document.get("jwks_uri").and_then(Value::as_str).ok_or("the description names no jwks_uri")?;
    let parsed = (Url::parse(keys), Url::parse(issuer));
    let (Ok(at), Ok(home)) = parsed else { return Err("jwks_uri is no address") };
    if !is_safe_address(keys) || at.origin() != home.origin() {
        return Err("jwks_uri leads away from the issuer; where that is meant, name it as jwks_url");
    }
    Ok(keys.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://login.example/realms/safar";

    fn keys(issuer: &str, jwks_uri: &Value) -> Option<String> {
        let description =
            json!({"issuer": issuer, "jwks_uri": jwks_uri, "token_endpoint": "https://x.example"});
        keys_address(description.to_string().as_bytes(), ISSUER).ok()
    }

    #[test]
    fn the_description_lies_below_the_name_of_the_issuer() {
        let expected = "https://login.example/realms/safar/.well-known/openid-configuration";
        assert_eq!(address(ISSUER), expected);
        assert_eq!(address(&format!("{ISSUER}/")), expected);
    }

    #[test]
    fn a_description_of_another_issuer_is_not_believed() {
        let here = json!("https://login.example/keys");
        assert_eq!(keys(ISSUER, &here).as_deref(), Some("https://login.example/keys"));
        for other in [
            "https://login.example/realms/safar/",
            "https://login.example/realms/other",
            "",
            "https://LOGIN.example/realms/safar",
        ] {
            assert_eq!(keys(other, &here), None, "{other}");
        }
    }

    #[test]
    fn keys_are_taken_from_where_the_issuer_is_and_from_nowhere_else() {
        for elsewhere in [
            json!("https://evil.example/keys"),
            json!("https://login.example:8443/keys"),
            json!("http://login.example/keys"),
            json!("https://login.example@evil.example/keys"),
            json!("https://user:word@login.example/keys"),
            json!("https://login.example.evil.example/keys"),
            json!("http://169.254.169.254/latest"),
            json!("file:///etc/passwd"),
            json!("/keys"),
            json!(null),
            json!(["https://login.example/keys"]),
        ] {
            assert_eq!(keys(ISSUER, &elsewhere), None, "{elsewhere}");
        }
        for no_description in ["", "[]", "null", "{}", "<html>"] {
            assert!(keys_address(no_description.as_bytes(), ISSUER).is_err(), "{no_description}");
        }
    }
}
