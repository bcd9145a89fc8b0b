# A server as a guest might run one: HTTP/1.1, one connection each, no library.
use IO::Socket::INET;
$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], Listen => 128, ReuseAddr => 1) or die "$!";
while (my $c = $listener->accept) {
  next if fork;
  binmode $c;
  my $head = '';
  while ($head !~ /\r\n\r\n/) { sysread($c, my $piece, 1) or exit; $head .= $piece; }
  my ($method, $target) = $head =~ /^(\S+) (\S+)/;
  my $send = sub {
    my ($status, $headers, $body) = @_;
    syswrite $c, "HTTP/1.1 $status\r\n$headers" . "Content-Length: " . length($body) . "\r\n\r\n$body";
  };
  if ($target =~ m{^/echo}) {
    my $expected = $head =~ /content-length: (\d+)/i ? $1 : undef;
    my $chunked = $head =~ /transfer-encoding: chunked/i;
    print $c "HTTP/1.1 200 OK\r\nX-Length: " . (defined $expected ? $expected : $chunked ? 'chunked' : 'none') . "\r\n";
    if (defined $expected) {
      print $c "Content-Length: $expected\r\n\r\n";
      $c->flush;
      while ($expected > 0) { my $got = sysread($c, my $piece, 65536) or last; $expected -= $got; my $at = 0; while ($at < $got) { $at += syswrite($c, $piece, $got - $at, $at) } }
    } else { print $c "Content-Length: 0\r\n\r\n"; }
  } elsif ($target =~ m{^/big/(\d+)}) {
    my $rest = $1;
    syswrite $c, "HTTP/1.1 200 OK\r\nContent-Length: $rest\r\n\r\n";
    while ($rest > 0) { my $n = syswrite($c, 'x' x ($rest < 65536 ? $rest : 65536)) or last; $rest -= $n; }
  } elsif ($target =~ m{^/events}) {
    syswrite $c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    for my $i (1 .. 1000) { syswrite($c, "data: $i\n\n") or last; select undef, undef, undef, 0.05; }
  } elsif ($target =~ m{^/socket}) {
    my ($key) = $head =~ /sec-websocket-key: (\S+)/i;
    my ($hash) = `printf %s '${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11' | sha1sum` =~ /^(\w+)/;
    open my $file, '>', "/tmp/hash.$$"; print $file pack 'H40', $hash; close $file;
    chomp(my $accept = `base64 /tmp/hash.$$`);
    syswrite $c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: $accept\r\n\r\n";
    while (sysread($c, my $start, 2) == 2) {
      my ($kind, $size) = (ord(substr $start, 0, 1) & 15, ord(substr $start, 1, 1) & 127);
      last if $kind == 8;
      sysread $c, my $mask, 4;
      sysread $c, my $text, $size;
      $text = $text ^ substr($mask x 32, 0, $size);
      syswrite $c, chr(0x81) . chr(length($text) + 5) . "echo " . $text;
    }
  } elsif ($target =~ m{^/redirect}) { $send->('302 Found', "Location: /arrived?x=1\r\n", '');
  } elsif ($target =~ m{^/garbage}) { syswrite $c, "this is not HTTP\r\n\r\n";
  } elsif ($target =~ m{^/split}) { $send->('200 OK', "Transfer-Encoding: chunked\r\n", "0\r\n\r\nHTTP/1.1 200 OK\r\n\r\nsmuggled");
  } elsif ($target =~ m{^/page}) {
    open my $file, '<', '/tmp/page.html'; local $/; my $body = <$file>;
    $send->('200 OK', "Content-Type: text/html\r\nSet-Cookie: guest=1; Path=/; Domain=localhost\r\nService-Worker-Allowed: /\r\nClear-Site-Data: \"*\"\r\nStrict-Transport-Security: max-age=9\r\n", $body);
  } elsif ($target =~ m{^/script.js}) { $send->('200 OK', "Content-Type: text/javascript\r\n", 'document.body.dataset.script = "ran";');
  } else { $send->('200 OK', "Content-Type: text/plain\r\n", $head); }
  close $c;
  exit;
}
