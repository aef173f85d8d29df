// ccrtp protects packets with GNU ccRTP, for the tests of this package: it has F8. It reads a command a line from
// standard input, and writes a line for each: "ok" and the packet as hexadecimal digits.
//
//	rtp CIPHER KEY SALT TAG ROLLOVER RATE PACKET
//	rtcp CIPHER KEY SALT TAG INDEX PACKET
//
// RATE is that of the key derivation, 0 for one that is done once.
// CIPHER is "cm" or "f8", TAG the length of the tag, PACKET an RTP packet without CSRC and extension, or RTCP.
#include <ccrtp/CryptoContext.h>
#include <ccrtp/CryptoContextCtrl.h>
#include <ccrtp/rtp.h>

#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using namespace ost;
typedef std::vector<uint8> bytes;

static bytes unhex(const std::string &digits)
{
	bytes b;
	for (size_t i = 0; i + 1 < digits.size(); i += 2)
		b.push_back(std::stoul(digits.substr(i, 2), nullptr, 16));
	return b;
}

static void print(const bytes &b)
{
	static const char digits[] = "0123456789abcdef";
	std::cout << "ok ";
	for (uint8 byte : b)
		std::cout << digits[byte >> 4] << digits[byte & 15];
	std::cout << std::endl;
}

static uint32 big_endian(const uint8 *b) { return uint32(b[0]) << 24 | b[1] << 16 | b[2] << 8 | b[3]; }

static void put(bytes &b, uint32 v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		b.push_back(v >> shift);
}

int main()
{
	const int header = 12, auth_key = 20, salt_length = 14;
	for (std::string line; std::getline(std::cin, line);) {
		std::istringstream words(line);
		std::string kind, name, key_digits, salt_digits, digits;
		uint32 tag, number, rate = 0;
		words >> kind >> name >> key_digits >> salt_digits >> tag >> number;
		if (kind == "rtp")
			words >> rate;
		words >> digits;
		bytes key = unhex(key_digits), salt = unhex(salt_digits), packet = unhex(digits), sum(20);
		int cipher = name == "f8" ? SrtpEncryptionAESF8 : SrtpEncryptionAESCM;
		if (words.fail() || packet.size() < header || salt.size() != salt_length) {
			std::cout << "error not a command" << std::endl;
			continue;
		}
		if (kind == "rtp") {
			uint32 ssrc = big_endian(&packet[8]);
			uint16 sequence = packet[2] << 8 | packet[3];
			CryptoContext context(ssrc, number, rate, cipher, SrtpAuthenticationSha1Hmac, key.data(), key.size(),
				salt.data(), salt.size(), key.size(), auth_key, salt.size(), tag);
			context.deriveSrtpKeys(uint64(number) << 16 | sequence);
			OutgoingRTPPkt rtp(packet.data() + header, packet.size() - header);
			rtp.setPayloadType(packet[1] & 0x7f);
			rtp.setMarker(packet[1] & 0x80);
			rtp.setSeqNum(sequence);
			rtp.setTimestamp(big_endian(&packet[4]));
			rtp.setSSRCNetwork(*reinterpret_cast<uint32 *>(&packet[8]));
			context.srtpEncrypt(&rtp, uint64(number) << 16 | sequence, ssrc);
			context.srtpAuthenticate(&rtp, number, sum.data());
			packet.assign(rtp.getRawPacket(), rtp.getRawPacket() + packet.size());
		} else {
			uint32 ssrc = big_endian(&packet[4]);
			CryptoContextCtrl context(ssrc, cipher, SrtpAuthenticationSha1Hmac, key.data(), key.size(),
				salt.data(), salt.size(), key.size(), auth_key, salt.size(), tag);
			context.deriveSrtcpKeys();
			context.srtcpEncrypt(packet.data() + 8, packet.size() - 8, number, ssrc);
			put(packet, number | 0x80000000);
			context.srtcpAuthenticate(packet.data(), packet.size() - 4, number | 0x80000000, sum.data());
		}
		packet.insert(packet.end(), sum.begin(), sum.begin() + tag);
		print(packet);
	}
}
