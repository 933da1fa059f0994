/**
 * A registry whose logs are rows of PostgreSQL and whose files lie in another store. Start with {@link
 * io.maas.store.jdbc.JdbcRegistryStore}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.store.jdbc;
