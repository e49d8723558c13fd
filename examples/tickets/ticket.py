# ticket.py: an hour's ticket for one job. usage: ticket.py KEYFILE JOB
import base64, hashlib, hmac, sys, time, urllib.parse
b64 = lambda b: base64.urlsafe_b64encode(b).rstrip(b'=')
key = open(sys.argv[1], 'rb').readline().strip()
text = b64(urllib.parse.urlencode({'until': int(time.time()) + 3600, 'job': sys.argv[2]}).encode())
print((text + b'.' + b64(hmac.new(key, text, hashlib.sha256).digest())).decode())
