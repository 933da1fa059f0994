package io.maas.api.server;

import java.util.function.Supplier;

/** What cannot be done because of how things stand. */
final class Conflicts {
    private Conflicts() {}

    /** @throws Failure.Refusal in place of {@link IllegalStateException} */
    static <T> T of(Supplier<T> change) {
        try {
            return change.get();
        } catch (IllegalStateException e) {
            throw new Failure.Refusal(409, "conflict", String.valueOf(e.getMessage()));
        }
    }

    static void of(Runnable change) {
        Boolean unused = of(() -> {
            change.run();
            return true;
        });
    }
}
