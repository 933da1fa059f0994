package io.maas.adapter;

import io.maas.error.Require;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A text as the numbers of its tokens, for callers that have cut it up themselves by the tokenizer of the model.
 *
 * <p>Immutable and thread-safe.
 */
public final class TokenIds {
    private final long[] ids;

    private TokenIds(long[] ids) {
        this.ids = ids;
    }

    /**
     * The tokens of one text.
     *
     * @param ids each {@code >= 0}; copied
     */
    public static TokenIds of(long... ids) {
        for (long id : ids) {
            Require.that(id >= 0, "id", id, "id >= 0");
        }
        return new TokenIds(ids.clone());
    }

    /** The number of tokens. */
    public int size() {
        return ids.length;
    }

    /** A copy of the numbers. */
    public long[] toArray() {
        return ids.clone();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TokenIds tokens && Arrays.equals(ids, tokens.ids);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ids);
    }

    /** How many there are, not which. */
    @Override
    public String toString() {
        return "tokens[" + ids.length + "]";
    }
}
