/**
 * Training again what was published, and comparing. Start with {@link io.maas.training.lineage.Reproduce}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.training.lineage;
