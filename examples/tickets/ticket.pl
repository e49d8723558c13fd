# ticket.pl: an hour's ticket for one job. usage: perl ticket.pl KEYFILE JOB
use strict; use warnings; use Digest::SHA 'hmac_sha256'; use MIME::Base64 'encode_base64url';
open my $file, '<', $ARGV[0] or die "$ARGV[0]: $!\n";
chomp(my $key = <$file>);
my $text = encode_base64url(sprintf 'until=%d&job=%d', time + 3600, $ARGV[1]);
print "$text.", encode_base64url(hmac_sha256($text, $key)), "\n";
