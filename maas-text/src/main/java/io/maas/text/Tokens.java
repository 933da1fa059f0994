package io.maas.text;

import ai.djl.huggingface.tokenizers.Encoding;
import io.maas.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** The texts of a request as tokens, and the inputs that they make. */
record Tokens(List<Row> rows, Tensors inputs) {
    /**
     * One text.
     *
     * @param text empty where only its tokens are known
     * @param encoding what the tokenizer made of it, null where only its tokens are known
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Row(String text, @Nullable Encoding encoding, long[] ids) {
        static Row of(String text, Encoding encoding) {
            return new Row(text, encoding, encoding.getIds());
        }

        static Row of(long[] ids) {
            return new Row("", null, ids);
        }

        int length() {
            return ids.length;
        }

        long[] mask() {
            if (encoding != null) {
                return encoding.getAttentionMask();
            }
            long[] ones = new long[ids.length];
            Arrays.fill(ones, 1);
            return ones;
        }

        long[] types() {
            return encoding == null ? new long[ids.length] : encoding.getTypeIds();
        }

        long[] positions() {
            return LongStream.range(0, ids.length).toArray();
        }
    }
}
