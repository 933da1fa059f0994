package io.maas.api.wire;

import io.maas.error.Require;
import java.util.Arrays;
import java.util.Locale;

/** Constants as documents write them: {@code ERROR_RATE} is {@code error_rate}. */
final class Words {
    private Words() {}

    static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException if there is no such constant, naming those that there are */
    static <E extends Enum<E>> E read(Class<E> type, String what, String word) {
        E[] all = type.getEnumConstants();
        return Arrays.stream(all)
                .filter(each -> of(each).equals(word))
                .findFirst()
                .orElseThrow(() -> Require.failure(
                        what,
                        Require.quote(word),
                        "one of " + Arrays.stream(all).map(Words::of).toList()));
    }
}
