package io.maas.backend.nd4j;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.maas.backend.Capability;

/** What the conformance suite is told that this engine lacks. */
final class Nd4jLacks {
    static final ImmutableSet<Capability> CAPABILITIES =
            Sets.immutableEnumSet(Capability.OTHER_OPERATORS, Capability.STRINGS, Capability.HALF_PRECISION);

    private Nd4jLacks() {}
}
