//! The `Authorization` header: one, `Bearer`, and a token that passes.

use std::num::NonZeroU32;

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header::AUTHORIZATION, web::Data,
};
use futures_util::future::LocalBoxFuture;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _, clock::DefaultClock};

use super::{Verified, Verifier};
use crate::{
    config::Limits,
    http::single,
    problem::{Problem, catalogue},
};

/// Each user's share: a token bucket per subject.
pub struct Limiter(DefaultKeyedRateLimiter<String>);

/// So many users that the ones who have not been here for a while are forgotten.
const FORGET_ABOVE: usize = 10_000;

impl Limiter {
    /// The share that the configuration gives to each user.
    pub fn new(limits: &Limits) -> Self {
        Self::per_second(limits.requests_per_second, limits.burst)
    }

    fn per_second(rate: NonZeroU32, burst: NonZeroU32) -> Self {
        Self(RateLimiter::keyed(Quota::per_second(rate).allow_burst(burst)))
    }

    /// Takes one request from this user's share, or says when there will be one.
    pub fn check(&self, subject: &str) -> Result<(), Problem> {
        if self.0.len() > FORGET_ABOVE {
            self.0.retain_recent();
        }
        self.0.check_key(&subject.to_owned()).map_err(|denied| {
            let wait = denied.wait_time_from(DefaultClock::default().now());
            let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
            Problem::of(catalogue::TOO_MANY_REQUESTS).retry_after(seconds)
        })
    }
}

impl std::fmt::Debug for Limiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Limiter")
    }
}

impl FromRequest for Verified {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    /// Needs a `Data<Verifier>` among the app's data; a `Data<Limiter>`, if there, is asked once per request.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            if let Some(known) = request.extensions().get::<Self>() {
                return Ok(known.clone());
            }
            let verified = authenticate(&request).await?;
            if let Some(limiter) = request.app_data::<Data<Limiter>>() {
                limiter.check(&verified.subject)?;
            }
            request.extensions_mut().insert(verified.clone());
            Ok(verified)
        })
    }
}

async fn authenticate(request: &HttpRequest) -> Result<Verified, Problem> {
    let header = single(request.headers(), AUTHORIZATION.as_str())?;
    let header = header.ok_or_else(|| Problem::of(catalogue::TOKEN_MISSING))?;
    let token = match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => return Err(Problem::of(catalogue::TOKEN_REFUSED)),
    };
    let Some(verifier) = request.app_data::<Data<Verifier>>() else {
        tracing::error!("no verifier is wired into this app, so nobody is let in");
        return Err(Problem::of(catalogue::INTERNAL_ERROR));
    };
    verifier.verify(token).await.map_err(|fault| {
        tracing::info!(fault = %fault, "an access token was refused");
        Problem::of(catalogue::TOKEN_REFUSED)
    })
}
