package io.maas.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.io.ByteSource;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.model.Artifact;
import io.maas.model.LengthPadding;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Models of a few words, with a row of scores a word. */
final class TinyModels {
    /** Place 0 fills up, place 1 is any other word. */
    static final List<String> WORDS =
            List.of("[PAD]", "[UNK]", "good", "bad", "anna", "smith", "paris", "and", "in", "lives");

    private TinyModels() {}

    /** Words of lower case, divided at spaces and signs; texts are cut at 16. */
    static ByteSource tokenizer() {
        String vocabulary = IntStream.range(0, WORDS.size())
                .mapToObj(i -> "\"" + WORDS.get(i) + "\": " + i)
                .collect(Collectors.joining(", "));
        return ByteSource.wrap("""
                {"version": "1.0",
                 "truncation": {"direction": "Right", "max_length": 16, "strategy": "LongestFirst", "stride": 0},
                 "padding": null, "added_tokens": [],
                 "normalizer": {"type": "Lowercase"},
                 "pre_tokenizer": {"type": "BertPreTokenizer"},
                 "post_processor": null, "decoder": null,
                 "model": {"type": "WordLevel", "vocab": {%s}, "unk_token": "[UNK]"}}
                """.formatted(vocabulary).getBytes(UTF_8));
    }

    /** The sum of the scores of a text's words, which fill-ups do not count in: {@code [batch, classes]}. */
    static Artifact bag(float[][] scores) {
        GraphBuilder b = new GraphBuilder("bag");
        Value mask = mask(b);
        Value sum = b.reduceSum(b.mul(words(b, scores), b.unsqueeze(mask, 2)), false, 1);
        b.output("scores", sum);
        return Artifact.of(b.build())
                .withTokenizer(tokenizer())
                .withPadding(LengthPadding.of(1, "input_ids").withMask("attention_mask"));
    }

    /** The scores of each word: {@code [batch, tokens, classes]}. */
    static Artifact tagger(float[][] scores) {
        GraphBuilder b = new GraphBuilder("tagger");
        Value mask = mask(b);
        b.output("tags", b.mul(words(b, scores), b.unsqueeze(mask, 2)));
        return Artifact.of(b.build())
                .withTokenizer(tokenizer())
                .withPadding(LengthPadding.of(1, "input_ids")
                        .withMask("attention_mask")
                        .withOutputs("tags"));
    }

    private static Value mask(GraphBuilder b) {
        return b.cast(b.input("attention_mask", DataType.INT64, Shape.symbolic("batch", "tokens")), DataType.FLOAT32);
    }

    private static Value words(GraphBuilder b, float[][] scores) {
        int classes = scores[0].length;
        float[] all = new float[scores.length * classes];
        for (int i = 0; i < scores.length; i++) {
            System.arraycopy(scores[i], 0, all, i * classes, classes);
        }
        Value ids = b.input("input_ids", DataType.INT64, Shape.symbolic("batch", "tokens"));
        return b.node(Op.GATHER, Attributes.none(), b.constant(Tensor.of(all, scores.length, classes)), ids);
    }
}
