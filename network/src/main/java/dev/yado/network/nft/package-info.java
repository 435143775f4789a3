/**
 * Owns what a packet may do in a network: which addresses a card may use and what its security groups let through.
 * Promises that what the kernel enforces is compared with what is wanted, rule by rule and member by member, and swapped in one
 * transaction; {@link dev.yado.network.nft.RuleModel} says in Java what the kernel does with a packet.
 * Hides the language of nftables.
 */
@NullMarked
package dev.yado.network.nft;

import org.jspecify.annotations.NullMarked;
