package io.maas.text;

import ai.djl.huggingface.tokenizers.Encoding;
import io.maas.tensor.Tensors;
import java.util.List;

/** The texts of a request, and what the tokenizer made of each. */
record Tokens(List<String> texts, List<Encoding> encodings, Tensors inputs) {
    int length(int text) {
        return encodings.get(text).getIds().length;
    }
}
