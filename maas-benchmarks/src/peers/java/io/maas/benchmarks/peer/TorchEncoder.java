package io.maas.benchmarks.peer;

import ai.djl.ndarray.NDList;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.transformer.ScaledDotProductAttentionBlock;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import java.util.List;

/**
 * Encoder blocks in DJL. Its own {@link TransformerEncoderBlock} normalises over the batch, not over each vector as everyone
 * else does; {@link #layerNorm} puts DJL's parts together as in the paper.
 */
final class TorchEncoder {
    private TorchEncoder() {}

    static Block of(String norm, int width, int heads, int hidden) {
        return switch (norm) {
            case "layer" -> layerNorm(width, heads, hidden);
            case "batch" -> new TransformerEncoderBlock(width, heads, hidden, 0, Activation::gelu);
            default -> throw new IllegalArgumentException("norm: " + norm + " (expected: layer or batch)");
        };
    }

    private static Block layerNorm(int width, int heads, int hidden) {
        Block attention = ScaledDotProductAttentionBlock.builder()
                .setEmbeddingSize(width)
                .setHeadCount(heads)
                .optAttentionProbsDropoutProb(0)
                .build();
        Block feedForward = new SequentialBlock()
                .add(Linear.builder().setUnits(hidden).build())
                .add(Activation.geluBlock())
                .add(Linear.builder().setUnits(width).build());
        return new SequentialBlock()
                .add(added(attention))
                .add(LayerNorm.builder().axis(2).build())
                .add(added(feedForward))
                .add(LayerNorm.builder().axis(2).build());
    }

    private static Block added(Block block) {
        return new ParallelBlock(
                parts -> new NDList(
                        parts.get(0).singletonOrThrow().add(parts.get(1).singletonOrThrow())),
                List.of(Blocks.identityBlock(), block));
    }
}
