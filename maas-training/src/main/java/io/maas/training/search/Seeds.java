package io.maas.training.search;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;

/** Independent seeds from one: a further use of chance does not change the others. */
final class Seeds {
    private Seeds() {}

    static long of(long seed, String purpose) {
        return Hashing.sha256()
                .newHasher()
                .putLong(seed)
                .putString(purpose, StandardCharsets.UTF_8)
                .hash()
                .asLong();
    }
}
