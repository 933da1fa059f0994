package io.maas.registry;

import com.google.common.base.Optional;
import com.google.common.io.ByteSource;
import io.maas.registry.ModelState.Release;
import io.maas.registry.signing.Statement;
import io.maas.registry.signing.TrustPolicy;
import io.maas.registry.signing.VersionSignature;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.function.Supplier;

/** Holds versions against the policy of the moment. */
record Trust(Catalog catalog, Supplier<TrustPolicy> policy) {
    void check(String name, int number, String digest, Iterable<VersionSignature> signatures) {
        policy.get().check(new Statement(name, number, digest), signatures);
    }

    void check(String name, Release release) {
        check(name, release.number(), release.digest(), release.signatures());
    }

    /** Refuses a signature that is false or by a key that was revoked; one by a key that nobody knows yet may be added. */
    void checkAdded(Statement statement, VersionSignature signature) {
        TrustPolicy now = policy.get();
        new TrustPolicy(false, now.trusted(), now.revoked()).check(statement, List.of(signature));
    }

    /** A file of a version that is checked each time anew, as its bytes may be asked for long after it was loaded. */
    ByteSource file(String name, Release loaded, ByteSource file) {
        return new ByteSource() {
            @Override
            public Optional<Long> sizeIfKnown() {
                return file.sizeIfKnown();
            }

            @Override
            public InputStream openStream() throws IOException {
                // One that was deleted meanwhile can still be read as long as its files are there.
                Release now = catalog.state(name).live().getOrDefault(loaded.number(), loaded);
                check(name, now);
                return file.openStream();
            }
        };
    }
}
