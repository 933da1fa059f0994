/**
 * Models of texts behind adapters: {@link io.maas.text.TextAdapters} turns texts into tokens, and what models answer into embeddings,
 * labels and entities; {@link io.maas.text.Translators} plugs in what is written for DJL. Start with {@link
 * io.maas.text.TextAdapters}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.text;
