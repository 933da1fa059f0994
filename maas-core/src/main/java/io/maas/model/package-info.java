/**
 * What a model is to its users: {@link io.maas.model.Model} to call it, {@link io.maas.model.Signature} to know what it
 * takes and gives, {@link io.maas.model.Artifact} to move it about. Start with {@link io.maas.model.Model}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.model;
