package io.maas.adapter;

/**
 * An embedding and what it cost.
 *
 * @param tokens how many tokens the model read for it, those included that the tokenizer adds
 */
public record CountedEmbedding(Embedding embedding, int tokens) {}
