/**
 * The NBD protocol as both sides need it: {@link org.unplug.nbd.Handshake} and {@link org.unplug.nbd.Transmission} are its
 * numbers, {@link org.unplug.nbd.RequestHeader} and {@link org.unplug.nbd.ReplyHeader} its codecs, {@link org.unplug.nbd.Wire}
 * what it runs over, plain or TLS, and {@link org.unplug.nbd.NbdUri} how one names an export.
 *
 * <p>Source of everything here: doc/proto.md and doc/uri.md of the NetworkBlockDevice project. Numbers on the wire are big
 * endian; offsets and lengths are bytes.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package org.unplug.nbd;
