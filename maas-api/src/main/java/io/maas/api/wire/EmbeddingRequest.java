package io.maas.api.wire;

import com.google.common.collect.ImmutableList;
import io.maas.adapter.TokenIds;
import org.jspecify.annotations.Nullable;

/**
 * A request for embeddings in OpenAI's form.
 *
 * <p>Immutable and thread-safe.
 *
 * @param texts what is to be embedded; null if tokens are
 * @param tokens what is to be embedded where there are no texts
 * @param isBase64 whether numbers are sent as the bytes of float32, little-endian, in base64
 * @param dimensions how many numbers of each embedding are wanted; 0 for all
 * @param user whom it is for, null if nobody said
 */
public record EmbeddingRequest(
        String model,
        @Nullable ImmutableList<String> texts,
        ImmutableList<TokenIds> tokens,
        boolean isBase64,
        int dimensions,
        @Nullable String user) {}
