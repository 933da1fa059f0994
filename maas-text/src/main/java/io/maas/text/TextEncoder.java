package io.maas.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.maas.adapter.AdapterTags;
import io.maas.adapter.TokenIds;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.model.Artifact;
import io.maas.model.LengthPadding;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * From texts to tokens, filled up to the longest of the request; the mask says where they are real.
 *
 * <p>Thread-safe; the tokenizer's memory is freed with it by the garbage collector.
 */
final class TextEncoder {
    private static final String IDS = "input_ids";
    private static final String MASK = "attention_mask";

    /** The inputs that models of texts have by convention, and where their values come from. */
    private static final Map<String, Function<Tokens.Row, long[]>> INPUTS = Map.of(
            IDS,
            Tokens.Row::ids,
            MASK,
            Tokens.Row::mask,
            "token_type_ids",
            Tokens.Row::types,
            "position_ids",
            Tokens.Row::positions);

    private final HuggingFaceTokenizer tokenizer;
    private final Signature signature;

    private TextEncoder(HuggingFaceTokenizer tokenizer, Signature signature) {
        this.tokenizer = tokenizer;
        this.signature = signature;
    }

    static TextEncoder of(Artifact artifact, AdapterTags tags) {
        requireInputs(artifact.signature());
        Map<String, String> options = new LinkedHashMap<>(Map.of("padding", "false"));
        if (tags.find("max-tokens") != null) {
            options.put("truncation", "true");
            options.put("maxLength", String.valueOf(tags.positive("max-tokens", 1)));
        }
        try (InputStream json = artifact.file(Artifact.TOKENIZER_FILE).openStream()) {
            return new TextEncoder(HuggingFaceTokenizer.newInstance(json, options), artifact.signature());
        } catch (IOException | RuntimeException e) {
            throw new ArtifactRejectedException(
                    Artifact.TOKENIZER_FILE + " cannot be read: " + e.getMessage()
                            + " (expected: the format of Hugging Face's tokenizers); publish it again",
                    e);
        }
    }

    private static void requireInputs(Signature signature) {
        Set<String> names = INPUTS.keySet();
        boolean known = signature.inputs().stream().allMatch(TextEncoder::isKnown)
                && signature.inputs().stream().anyMatch(spec -> spec.name().equals(IDS));
        if (!known) {
            throw new ArtifactRejectedException("inputs " + signature.inputs() + " of a model with "
                    + Artifact.TOKENIZER_FILE + " (expected: " + IDS + " and any others of " + names
                    + ", int64 or int32 [batch, tokens]); rename them in the model");
        }
    }

    private static boolean isKnown(TensorSpec spec) {
        return INPUTS.containsKey(spec.name())
                && (spec.dataType() == DataType.INT64 || spec.dataType() == DataType.INT32)
                && (spec.shape() == null || spec.shape().rank() == 2);
    }

    /** Whether texts of different lengths may stand in one request. */
    boolean masks() {
        return signature.inputs().stream().anyMatch(spec -> spec.name().equals(MASK));
    }

    Tokens encode(List<String> texts) {
        return tokens(texts.stream()
                .map(text -> Tokens.Row.of(text, tokenizer.encode(requireWhole(text))))
                .toList());
    }

    Tokens encodeIds(List<TokenIds> texts) {
        return tokens(texts.stream().map(text -> Tokens.Row.of(text.toArray())).toList());
    }

    private Tokens tokens(List<Tokens.Row> rows) {
        // Also a text without a token has a place, which the mask leaves out.
        int longest =
                Math.max(1, rows.stream().mapToInt(Tokens.Row::length).max().orElse(1));
        List<Tensors.Entry> inputs = new ArrayList<>();
        for (TensorSpec spec : signature.inputs()) {
            inputs.add(new Tensors.Entry(spec.name(), input(spec, rows, length(spec, longest))));
        }
        return new Tokens(rows, Tensors.copyOf(inputs));
    }

    /** Half of a surrogate pair has no bytes, and the tokenizer would read something else. */
    private static String requireWhole(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new InvalidInputException(
                        "text: half a surrogate pair at " + i + " (expected: whole Unicode characters); mend the text, "
                                + Require.quote(text.substring(Math.max(0, i - 8), Math.min(text.length(), i + 9))));
            }
        }
        return text;
    }

    /** A model of a fixed length gets that. */
    private static int length(TensorSpec spec, int longest) {
        Shape shape = spec.shape();
        if (shape == null || shape.symbol(1) != null) {
            return longest;
        }
        if (longest > shape.size(1)) {
            throw new InvalidInputException(
                    "text: " + longest + " tokens (expected: at most " + shape.size(1) + ", as the model takes " + spec
                            + "); shorten it, or publish the model with the tag text.max-tokens");
        }
        return Math.toIntExact(shape.size(1));
    }

    private Tensor input(TensorSpec spec, List<Tokens.Row> rows, int length) {
        Function<Tokens.Row, long[]> values = java.util.Objects.requireNonNull(INPUTS.get(spec.name()));
        LengthPadding padding = signature.padding();
        long fill = padding == null || !padding.values().containsKey(spec.name())
                ? 0
                : Math.round(java.util.Objects.requireNonNull(padding.values().get(spec.name())));
        long[] all = new long[Math.multiplyExact(rows.size(), length)];
        for (int row = 0; row < rows.size(); row++) {
            long[] own = values.apply(rows.get(row));
            System.arraycopy(own, 0, all, row * length, own.length);
            Arrays.fill(all, row * length + own.length, (row + 1) * length, fill);
        }
        return spec.dataType() == DataType.INT64
                ? Tensor.of(all, rows.size(), length)
                : Tensor.of(Arrays.stream(all).mapToInt(Math::toIntExact).toArray(), rows.size(), length);
    }
}
