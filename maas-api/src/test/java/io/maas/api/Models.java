package io.maas.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.io.ByteSource;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.model.Artifact;
import io.maas.model.LengthPadding;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;

/** Small real models. */
public final class Models {
    private Models() {}

    /** {@code y = x w + bias} with {@code x: float32[n, 3]}, {@code y: float32[n, 2]} and w = [[1,2],[3,4],[5,6]]. */
    public static Artifact affine(float bias) {
        GraphBuilder b = new GraphBuilder("affine");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("n", 3));
        Value w = b.constant("w", Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2));
        b.output("y", b.add(b.matmul(x, w), b.constant("bias", Tensor.of(new float[] {bias, bias}))));
        return Artifact.of(b.build());
    }

    /** {@code out_<type> = in_<type>} for each of the types, all of shape {@code [n]}. */
    public static Artifact identity(DataType... types) {
        GraphBuilder b = new GraphBuilder("identity");
        for (DataType type : types) {
            Value in = b.input("in_" + type, type, Shape.symbolic("n"));
            b.output("out_" + type, b.node(Op.IDENTITY, Attributes.none(), in));
        }
        return Artifact.of(b.build());
    }

    /** {@code y = log(x)}, which is not a number below 0; {@code z = x}. */
    public static Artifact log() {
        GraphBuilder b = new GraphBuilder("log");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("n"));
        b.output("y", b.log(x));
        b.output("z", b.node(Op.IDENTITY, Attributes.none(), x));
        return Artifact.of(b.build());
    }

    /** {@code y = a + b} of a fixed shape [2] and one of free length that must agree. */
    public static Graph sum() {
        GraphBuilder b = new GraphBuilder("sum");
        Value x = b.input("a", DataType.FLOAT64, Shape.symbolic("n", "k"));
        Value y = b.input("b", DataType.FLOAT64, Shape.symbolic("n", "k"));
        b.output("y", b.add(x, y));
        return b.build();
    }

    /** Embeds texts of a few words as the mean of theirs, of length 1; any other word is token 1. */
    public static Artifact words() {
        GraphBuilder b = new GraphBuilder("words");
        Value ids = b.input("input_ids", DataType.INT64, Shape.symbolic("batch", "tokens"));
        Value mask = b.input("attention_mask", DataType.INT64, Shape.symbolic("batch", "tokens"));
        Value table = b.constant(Tensor.of(new float[] {0, 0, 0, 0, 0, 1, 3, 0, 0, 0, 4, 0}, 4, 3));
        Value found = b.node(Op.GATHER, Attributes.none(), table, ids);
        b.output("tokens", b.mul(found, b.unsqueeze(b.cast(mask, DataType.FLOAT32), 2)));
        String tokenizer = """
                {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
                 "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "BertPreTokenizer"},
                 "post_processor": null, "decoder": null,
                 "model": {"type": "WordLevel", "vocab": {"[PAD]": 0, "[UNK]": 1, "good": 2, "bad": 3},
                           "unk_token": "[UNK]"}}
                """;
        return Artifact.of(b.build())
                .withTokenizer(ByteSource.wrap(tokenizer.getBytes(UTF_8)))
                .withPadding(LengthPadding.of(1, "input_ids")
                        .withMask("attention_mask")
                        .withOutputs("tokens"));
    }
}
