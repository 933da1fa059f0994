package io.maas.training.loop;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** Independent streams of random numbers from one seed: adding a use of chance does not change the others. */
final class Streams {
    private Streams() {}

    static SplittableRandom of(long seed, String purpose) {
        return new SplittableRandom(Hashing.sha256()
                .newHasher()
                .putLong(seed)
                .putString(purpose, StandardCharsets.UTF_8)
                .hash()
                .asLong());
    }
}
