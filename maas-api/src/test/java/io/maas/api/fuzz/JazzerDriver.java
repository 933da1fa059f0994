package io.maas.api.fuzz;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/** What Jazzer runs: one parser, which the first argument names. */
public final class JazzerDriver {
    private static final AtomicReference<FuzzTarget> TARGET = new AtomicReference<>();

    private JazzerDriver() {}

    public static void fuzzerInitialize(String[] arguments) {
        TARGET.set(FuzzTarget.all().stream()
                .filter(each -> each.name().equals(arguments[0]))
                .findFirst()
                .orElseThrow());
    }

    public static void fuzzerTestOneInput(byte[] input) {
        Objects.requireNonNull(TARGET.get()).run(input);
    }
}
