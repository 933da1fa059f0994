package io.maas.text;

import io.maas.adapter.Adapter;
import io.maas.adapter.AdapterProvider;
import io.maas.adapter.AdapterTags;
import io.maas.adapter.Decoders;
import io.maas.adapter.Embedding;
import io.maas.adapter.Encoded;
import io.maas.error.ArtifactRejectedException;
import io.maas.model.Artifact;
import io.maas.model.TensorSpec;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Texts for models whose artifact has a {@code tokenizer.json} of Hugging Face: to {@link Embedding}, to {@link Entities} where the
 * artifact names classes and the model scores them for each token, and to all that {@link Decoders} knows.
 *
 * <p>Tags: {@code text.max-tokens}, where longer texts are cut (by itself, where {@code tokenizer.json} says); {@code text.output}, the
 * output with values of the tokens, or with the embedding (by itself the first of fitting rank); {@code text.pooling}, {@code mean}
 * (by itself) or {@code cls}, the first token's; {@code text.length}, {@code unit} (by itself) for embeddings of length 1, or {@code
 * kept}.
 */
public final class TextAdapters implements AdapterProvider {
    @Override
    public String offer() {
        return "text (String to Embedding, Label, Entities, Double or a record of outputs, for artifacts with tokenizer.json; Label and"
                + " Entities need labels.txt too)";
    }

    @Override
    public <I, O> Optional<Adapter<I, O>> find(Artifact artifact, Class<I> input, Class<O> output) {
        if (input != String.class || !artifact.manifest().files().containsKey(Artifact.TOKENIZER_FILE)) {
            return Optional.empty();
        }
        AdapterTags tags = new AdapterTags(artifact, "text", Set.of("max-tokens", "output", "pooling", "length"));
        return reader(artifact, tags, output).map(reader -> {
            TextEncoder encoder = TextEncoder.of(artifact, tags);
            @SuppressWarnings("unchecked") // I is String, as was asked above.
            Adapter<I, O> adapter =
                    (Adapter<I, O>) new TextAdapter<>("text to " + output.getSimpleName(), encoder, reader);
            return adapter;
        });
    }

    @SuppressWarnings("unchecked") // Each branch asks for the type first.
    private static <O> Optional<BiFunction<Tokens, Tensors, List<O>>> reader(
            Artifact artifact, AdapterTags tags, Class<O> output) {
        if (output == Embedding.class) {
            return output(artifact, tags, 3).or(() -> output(artifact, tags, 2)).map(spec ->
                    (BiFunction<Tokens, Tensors, List<O>>) (BiFunction<?, ?, ?>) Pooling.of(spec.name(), tags));
        }
        if (output == Entities.class) {
            List<String> labels = artifact.labels();
            return labels.isEmpty()
                    ? Optional.empty()
                    : output(artifact, tags, 3).map(spec -> (BiFunction<Tokens, Tensors, List<O>>)
                            (BiFunction<?, ?, ?>) new EntityReader(spec.name(), checked(labels, spec)));
        }
        return Decoders.find(artifact, output).map(decoder -> (tokens, outputs) -> decoder.apply(outputs));
    }

    private static List<String> checked(List<String> labels, TensorSpec spec) {
        var shape = java.util.Objects.requireNonNull(spec.shape());
        if (shape.symbol(2) == null && shape.size(2) != labels.size()) {
            throw new ArtifactRejectedException(Artifact.LABELS_FILE + ": " + labels.size() + " names (expected: "
                    + shape.size(2) + ", one a score of output " + spec
                    + "); publish it with the names in the order of the scores");
        }
        return labels;
    }

    private static Optional<TensorSpec> output(Artifact artifact, AdapterTags tags, int rank) {
        String wanted = tags.find("output");
        List<TensorSpec> outputs = artifact.signature().outputs();
        if (wanted != null && outputs.stream().noneMatch(spec -> spec.name().equals(wanted))) {
            throw tags.failure("output", "one of " + outputs);
        }
        return outputs.stream()
                .filter(spec -> wanted == null || spec.name().equals(wanted))
                .filter(spec -> spec.dataType().isFloating()
                        && spec.shape() != null
                        && spec.shape().rank() == rank)
                .findFirst();
    }

    private record TextAdapter<O>(String name, TextEncoder encoder, BiFunction<Tokens, Tensors, List<O>> reader)
            implements Adapter<String, O> {
        @Override
        public Encoded<O> encode(List<String> items) {
            Tokens tokens = encoder.encode(items);
            return new Encoded<>(tokens.inputs(), outputs -> reader.apply(tokens, outputs));
        }

        @Override
        public long size(String item) {
            return item.length();
        }

        @Override
        public int most() {
            return encoder.masks() ? Integer.MAX_VALUE : 1;
        }
    }
}
