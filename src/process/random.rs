//! All randomness of Lacuna: one serialisable generator on the host, so that a recipe gives the same notes again
//! and a resumed run goes on as if it had never stopped. Nothing draws from the tensor library.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The generator of one stream of a seed: a step of a run, a take of a request. Streams of one seed are independent.
pub fn generator(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}
