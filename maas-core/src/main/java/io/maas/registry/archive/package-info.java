/**
 * A version of a model as one file that may come from anybody. Start with {@link io.maas.registry.archive.ArchiveWriter} and {@link
 * io.maas.registry.archive.ArchiveReader}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.registry.archive;
