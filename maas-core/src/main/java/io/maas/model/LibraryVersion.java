package io.maas.model;

/** The version of this library, for lineage and server metadata. */
public final class LibraryVersion {
    private LibraryVersion() {}

    /** The version in the jar's manifest, such as {@code 0.1.0}; {@code development} when run from class files. */
    public static String current() {
        String version = LibraryVersion.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }
}
