package io.maas.registry;

import com.google.common.collect.ImmutableList;
import io.maas.registry.signing.Signer;

/**
 * How a version is published: by whom, why, and with whose signatures.
 *
 * <p>Immutable and thread-safe; {@link #signedBy} gives a changed copy.
 */
public record Publication(Change change, ImmutableList<Signer> signers) {
    private static final Publication UNSAID = new Publication(Change.unsaid(), ImmutableList.of());

    /** By nobody in particular, without a signature. */
    public static Publication unsaid() {
        return UNSAID;
    }

    /** By somebody for a reason, without a signature. */
    public static Publication by(String who, String why) {
        return new Publication(new Change(who, why), ImmutableList.of());
    }

    /** With one more signature. */
    public Publication signedBy(Signer signer) {
        return new Publication(
                change,
                ImmutableList.<Signer>builder().addAll(signers).add(signer).build());
    }
}
