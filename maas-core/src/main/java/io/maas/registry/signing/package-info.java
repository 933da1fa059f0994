/**
 * Who vouches for a version: Ed25519 keys in PEM, what they sign, and whom a registry trusts. Start with {@link
 * io.maas.registry.signing.SigningKey} and {@link io.maas.registry.signing.TrustPolicy}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.registry.signing;
