package io.maas.registry.signing;

/**
 * Signs versions: {@link SigningKey}, or what asks a service that holds the key.
 *
 * <p>Called while the registry holds its lock, as only then the number of a new version is known: it should answer within seconds.
 */
@FunctionalInterface
public interface Signer {
    /** The signature of a statement. */
    VersionSignature sign(Statement statement);
}
