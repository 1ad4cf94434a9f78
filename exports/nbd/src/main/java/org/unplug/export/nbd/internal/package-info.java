/**
 * The server. {@link org.unplug.export.nbd.internal.Server} accepts, a {@link org.unplug.export.nbd.internal.Session} is one
 * connection and its reading thread, {@link org.unplug.export.nbd.internal.Negotiation} and then
 * {@link org.unplug.export.nbd.internal.Dispatcher} are what it does, and the
 * {@link org.unplug.export.nbd.internal.Outbox} sends what ends, in whatever order and on whatever thread. Between requests the
 * reading thread sleeps, or stays awake for an instant as its {@link org.unplug.export.nbd.internal.Vigil} says.
 */
package org.unplug.export.nbd.internal;
