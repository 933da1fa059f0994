package io.maas.text;

import io.maas.adapter.Adapter;
import io.maas.adapter.AdapterProvider;
import io.maas.adapter.AdapterTags;
import io.maas.adapter.CountedEmbedding;
import io.maas.adapter.Decoders;
import io.maas.adapter.Embedding;
import io.maas.adapter.Encoded;
import io.maas.adapter.TokenIds;
import io.maas.error.ArtifactRejectedException;
import io.maas.model.Artifact;
import io.maas.model.TensorSpec;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;

/**
 * Texts for models whose artifact has a {@code tokenizer.json} of Hugging Face, or the {@link TokenIds} that it makes of them: to {@link
 * Embedding}, to {@link Entities} where the artifact names classes and the model scores them for each token, and to all that {@link
 * Decoders} knows.
 *
 * <p>Tags: {@code text.max-tokens}, where longer texts are cut (by itself, where {@code tokenizer.json} says); {@code text.output}, the
 * output with values of the tokens, or with the embedding (by itself the first of fitting rank); {@code text.pooling}, {@code mean}
 * (by itself) or {@code cls}, the first token's; {@code text.length}, {@code unit} (by itself) for embeddings of length 1, or {@code
 * kept}.
 */
public final class TextAdapters implements AdapterProvider {
    @Override
    public String offer() {
        return "text (String or TokenIds to Embedding, CountedEmbedding, Label, Entities, Double or a record of outputs, for artifacts with tokenizer.json; Label and"
                + " Entities need labels.txt too, and Entities a String)";
    }

    @Override
    public <I, O> Optional<Adapter<I, O>> find(Artifact artifact, Class<I> input, Class<O> output) {
        boolean isText = input == String.class;
        // Where an entity is in its text cannot be told of tokens.
        boolean isTokens = input == TokenIds.class && output != Entities.class;
        if (!(isText || isTokens) || !artifact.manifest().files().containsKey(Artifact.TOKENIZER_FILE)) {
            return Optional.empty();
        }
        AdapterTags tags = new AdapterTags(artifact, "text", Set.of("max-tokens", "output", "pooling", "length"));
        return reader(artifact, tags, output).map(reader -> {
            TextEncoder encoder = TextEncoder.of(artifact, tags);
            String to = " to " + output.getSimpleName();
            @SuppressWarnings("unchecked") // I is what was asked above.
            Adapter<I, O> adapter = (Adapter<I, O>)
                    (isText
                            ? new TextAdapter<>("text" + to, encoder, encoder::encode, String::length, reader)
                            : new TextAdapter<>("tokens" + to, encoder, encoder::encodeIds, TokenIds::size, reader));
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
        if (output == CountedEmbedding.class) {
            return reader(artifact, tags, Embedding.class)
                    .map(reader -> (BiFunction<Tokens, Tensors, List<O>>) (BiFunction<?, ?, ?>) counting(reader));
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

    private static BiFunction<Tokens, Tensors, List<CountedEmbedding>> counting(
            BiFunction<Tokens, Tensors, List<Embedding>> reader) {
        return (tokens, outputs) -> {
            List<Embedding> embeddings = reader.apply(tokens, outputs);
            return IntStream.range(0, embeddings.size())
                    .mapToObj(i -> new CountedEmbedding(
                            embeddings.get(i), tokens.rows().get(i).length()))
                    .toList();
        };
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

    private record TextAdapter<I, O>(
            String name,
            TextEncoder encoder,
            Function<List<I>, Tokens> tokens,
            ToIntFunction<I> sizes,
            BiFunction<Tokens, Tensors, List<O>> reader)
            implements Adapter<I, O> {
        @Override
        public Encoded<O> encode(List<I> items) {
            Tokens encoded = tokens.apply(items);
            return new Encoded<>(encoded.inputs(), outputs -> reader.apply(encoded, outputs));
        }

        @Override
        public long size(I item) {
            return sizes.applyAsInt(item);
        }

        @Override
        public int most() {
            return encoder.masks() ? Integer.MAX_VALUE : 1;
        }
    }
}
