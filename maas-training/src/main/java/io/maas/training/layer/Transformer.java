package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.graph.Value;
import java.util.List;

/**
 * A block of a transformer, {@code [batch, length, width]} to the same: one or more attentions, then two dense layers with a
 * function between them at each place. Each part is added to what it was given, and a norm comes behind the sum: {@code
 * norm(x + part(x))}; or before the part: {@code x + part(norm(x))}, which trains without warming up, and wants one more norm
 * behind the last block.
 *
 * <p>Immutable and thread-safe, within the limits of its attentions.
 *
 * @param attentions one for an encoder; for a decoder one that is causal and one over the encoder's output
 * @param hidden the size between the dense layers, often {@code 4 · width}
 * @param activation the function between them; {@link Layers#relu} by default
 * @param norm {@link Layers#layerNorm()} by default
 * @param before whether the norm comes before each part
 * @param dropout the share of elements that are dropped behind each part and behind the function, in training only
 * @see "Vaswani et al., Attention is all you need (2017), section 3.1"
 * @see "Xiong et al., On layer normalization in the transformer architecture (2020)"
 */
public record Transformer(
        List<Attention> attentions, int hidden, Layer activation, Layer norm, boolean before, double dropout)
        implements Layer {
    public Transformer {
        attentions = List.copyOf(attentions);
        Require.that(!attentions.isEmpty(), "attentions", 0, "at least one");
        Require.positive(hidden, "hidden");
        Require.in(0, dropout, 1, "dropout");
    }

    /** With the norm before each part. */
    public Transformer normBefore() {
        return new Transformer(attentions, hidden, activation, norm, true, dropout);
    }

    /** With dropout; that of attention weights is a setting of {@link Attention}. */
    public Transformer withDropout(double rate) {
        return new Transformer(attentions, hidden, activation, norm, before, rate);
    }

    /** With another function between the dense layers, such as {@link Layers#gelu}. */
    public Transformer withActivation(Layer function) {
        return new Transformer(attentions, hidden, function, norm, before, dropout);
    }

    /** With another norm, such as {@link Layers#rmsNorm()}. */
    public Transformer withNorm(Layer other) {
        return new Transformer(attentions, hidden, activation, other, before, dropout);
    }

    @Override
    public String name() {
        return "transformer";
    }

    @Override
    public Value apply(Scope scope, Value input) {
        Value value = input;
        for (Attention attention : attentions) {
            value = added(scope, value, attention);
        }
        Layer feedForward = Layers.named(
                "feedForward",
                Layers.sequential(Layers.dense(hidden), activation, Layers.dropout(dropout), Layers.dense((int)
                        input.shape().size(2))));
        return added(scope, value, feedForward);
    }

    private Value added(Scope scope, Value x, Layer part) {
        Value made = scope.apply(part, before ? scope.apply(norm, x) : x);
        Value sum = scope.graph().add(x, scope.apply(Layers.dropout(dropout), made));
        return before ? sum : scope.apply(norm, sum);
    }
}
