"""The words by which people answer us, in English and Spanish, as patterns over folded text (see `fold`).

A command counts only when a whole sentence or line of its own says it; `SAYS_PERHAPS` finds the same words inside other
sentences, and those are for a person to read. What follows from a command is decided in `replies`.
"""

from __future__ import annotations

import re
import unicodedata

_BEFORE = (
    r"(?:(?:please|pls|kindly|hi|hello|thanks|thank you|can you|could you|would you|i want to|i would like to|"
    r"id like to|"
    r"i wish to|just|por favor|favor de|quiero|deseo|quisiera|solicito|me gustaria|gracias|hola) )*"
)
_AFTER = (
    r"(?: (?:please|pls|thanks|thank you|thank you very much|many thanks|thx|now|today|immediately|asap|right away|"
    r"por favor|gracias|muchas gracias|ya|ahora|hoy))*"
)
_LIST = (
    r"(?:(?:this|your|the|all|any|our|tu|su|sus|la|esta|el|este) )*(?:(?:mailing|email|e mail|contact|distribution) )*"
    r"(?:lists?|mailings?|emails?|mails?|database|group|lista|listas|correos?|grupo)(?: (?:de correos?|"
    r"de distribucion))?"
)
_LETTERS = r"(?:e ?mails?|mails?|messages?|letters?|correos?|mensajes?|cartas?|invitaciones|invitations?)"


def _sentence(*cores: str) -> re.Pattern[str]:
    core = "|".join(cores)
    return re.compile(f"{_BEFORE}(?:{core})(?: {_BEFORE}(?:{core}))*{_AFTER}")


STOP = _sentence(
    r"stop(?: it)?(?: all)?",
    r"stopall",
    rf"stop (?:all |sending |writing |emailing )*(?:me |us )?(?:(?:any|more|these|your|the|all|further) )*{_LETTERS}?",
    r"stop (?:emailing|e mailing|mailing|writing|writing to|contacting|messaging) (?:me|us)(?: any ?more)?",
    rf"un ?subscribe(?: me| us)?(?: from {_LIST})?",
    rf"(?:remove|delete) (?:me|us|my name|my e ?mail|my address|my e ?mail address|this e ?mail|this address)"
    rf"(?: (?:from|off) {_LIST})?",
    rf"take (?:me|us) off(?: of)?(?: {_LIST})?",
    r"opt(?: me)? out",
    r"(?:desuscrib|desinscrib)(?:ir|a|an)(?:me|nos)",
    r"cancel(?:ar|en|e) (?:mi |la |nuestra )?suscripcion",
    r"(?:do not|dont) (?:e ?mail|contact|write|write to|message|send) (?:me|us)(?: again| any ?more)?",
    rf"(?:do not|dont) send (?:me|us) (?:(?:any|more|these|your|further) )*{_LETTERS}(?: again| any ?more)?",
    rf"no more {_LETTERS}",
    rf"i (?:do not|dont|no longer) want (?:to receive |to get )?(?:(?:any|more|these|your|further) )*{_LETTERS}"
    r"(?: any ?more)?",
    r"alto",
    rf"(?:(?:dar|den|de)(?:me|nos) de )?baja(?: de {_LIST})?",
    rf"no me (?:escriban?|envien?|manden?)(?: mas)?(?: {_LETTERS})?",
    rf"(?:quiten|saquen|borren|eliminen|quite|saque|borre|elimine)(?:me|nos)(?: de {_LIST})?",
    rf"(?:ya )?no (?:quiero|deseo) (?:recibir )?(?:(?:mas|sus|estos) )*{_LETTERS}",
    r"deje(?:n)? de escribir(?:me|nos)",
    rf"no mas {_LETTERS}",
    r"pare(?:n)?",
)
"""No more mail of any kind."""

STOP_REF = re.compile(rf"{_BEFORE}stop (?P<ref>(?=\w*[2-7])[a-z2-7]{{8}}){_AFTER}")
"""The same with the reference of one letter; it has a number in it, so that no word is taken for one."""

STOP_NEWSLETTER = _sentence(
    r"(?:stop|cancel|no|no more|un ?subscribe(?: me)?(?: from)?|remove me from|take me off) (?:(?:the|your|this) )?"
    r"(?:newsletters?|news letters?)",
    r"(?:stop|dont|do not) (?:sending|send) (?:me )?(?:the|your|this) (?:newsletters?|news letters?)",
    r"(?:(?:dar|den|de)(?:me|nos)? de )?baja (?:del|de) (?:el )?boletin",
    r"no (?:quiero|deseo|me (?:envien|manden)) (?:mas )?(?:el |su )?boletin",
)
"""The words of a no that name the newsletter alone."""

STOP_SURVEY = _sentence(
    r"(?:stop|no|no more|stop sending(?: me)?) (?:(?:the|your|these) )?surveys?",
    r"no (?:mas|me (?:envien|manden)(?: mas)?) (?:(?:las|sus) )?encuestas?",
)

START = _sentence(
    r"start(?: again)?",
    r"un ?stop",
    r"(?:re ?)?subscribe(?: me)?(?: again)?",
    r"(?:sign|add) me (?:up )?again",
    r"alta",
    r"(?:den|de)me de alta",
    r"reanudar",
    r"(?:empezar|empiecen) (?:de nuevo|otra vez)",
    rf"quiero recibir (?:sus |los )?{_LETTERS} (?:de nuevo|otra vez)",
)

YES = _sentence(
    r"yes|yep|yeah|sure|absolutely|definitely|certainly|of course|gladly|with pleasure",
    r"count me in|i am in|im in|i would like that|id like that|i accept|sounds (?:good|great)",
    r"(?:sign me up|add me|include me)(?: to (?:the|your) (?:list|network|group|member list))?",
    r"(?:i would|id) (?:love|like|be happy|be glad) to(?: (?:join|take part|participate|come|be part of it))?"
    r"(?: (?:you|the network|your network|the group))?",
    r"(?:i am|im)?(?: very)? ?interested(?: in joining)?",
    r"(?:i |we )?want to join|i will join|ill join|(?:happy|glad) to join(?: you)?",
    r"si|claro|claro que si|por supuesto|con (?:mucho )?gusto|desde luego",
    r"(?:me|nos) interesa(?: participar)?|estoy interesad[ao]|me apunto|cuent(?:e|en) conmigo|acepto",
    r"(?:agregue|agreguen|inscriba|inscriban|apunte|apunten|incluya|incluyan)(?:me|nos)",
    r"(?:me gustaria )?(?:participar|unirme)(?: (?:a|en) (?:la red|el grupo))?",
)

NEWSLETTER = _sentence(
    r"newsletters?(?: only)?",
    r"(?:only|just) (?:the |your )?newsletters?",
    r"(?:yes )?(?:send|give) me (?:only |just )?(?:the|your) newsletters?",
    r"subscribe(?: me)? to (?:the|your) newsletter",
    r"(?:sign|put) me (?:up )?(?:for|on) (?:the|your) newsletter",
    r"i (?:only |just )?want (?:only |just )?the newsletter",
    r"(?:solo |solamente )?(?:el )?boletin(?: solamente)?",
    r"(?:quiero|mandenme|envienme) (?:solo |solamente )?el boletin",
)

SPANISH = _sentence(
    r"(?:in |en )?(?:spanish|espanol|castellano)",
    r"(?:i )?prefer (?:it in )?spanish|prefiero (?:en )?(?:el )?espanol",
    r"(?:in spanish|en espanol) si",
)

STILL_RIGHT = _sentence(
    r"ok(?:ay)?|(?:yes )?still (?:right|correct|good|the same)|(?:yes )?(?:it is|its|this is|that is|"
    r"thats) (?:all )?(?:still )?"
    r"(?:right|correct)",
    r"(?:all|everything)(?: is)?(?: still)? (?:right|correct|good|the same|ok)",
    r"correct|right|no changes?|nothing (?:has )?changed|looks (?:good|right|correct)",
    r"(?:si )?(?:todo )?(?:esta |sigue )?(?:bien|correcto|igual)|sin cambios|asi es|de acuerdo|vale",
)

STORY = re.compile(
    r"(?:(?:here is |this is |aqui va |esta es )?(?:a |my |our |una |mi |nuestra )?(?:success )?(?:story|historia)"
    r"(?: (?:of success|de exito))?|(?:a |one |my |our )?success(?: for the newsletter)?|(?:un |mi |nuestro )?logro)"
)
"""Standing alone at the beginning: what follows is a success that somebody tells us."""

TELLS_STORY = re.compile(
    r"\b(?:(?:our|my) (?:own )?success story|(?:have|share|tell you) (?:a|an|our|my|this) (?:\w+ )?(?:story|success)|"
    r"(?:for|in) the (?:next )?newsletter (?:a|our|my) (?:story|success)|"
    r"(?:nuestra|mi) historia de exito|"
    r"(?:compart\w+|contar\w*|cuento) (?:un|una|nuestro|nuestra|mi|este|esta) (?:logro|historia|exito))\b"
)
"""The same inside other sentences."""

LATER = re.compile(
    rf"{_BEFORE}(?:later|not now|not right now|not yet|maybe later|perhaps later|another time|"
    r"(?:ask|write|contact|e ?mail|try|remind)(?: to)? (?:me |us )?(?:again )?(?:later|again)|remind me|"
    r"mas tarde|luego|despues|mas adelante|ahora no|por ahora no|todavia no|en otro momento|quizas mas tarde|"
    r"(?:escriban?|contacten?|recuerden?)(?:me|nos) (?:mas tarde|despues|luego|mas adelante))"
    rf"(?P<when>(?: \S+){{0,9}}?){_AFTER}"
)

APPROVE = re.compile(r"(?:i )?(?:approve|approved|apruebo|aprobado|aprobar) (?:code |codigo )?(?P<code>[a-z0-9]{4,8})")

HOSTILE = re.compile(
    r"\b(?:leave (?:me|us) (?:the \w+ )?alone|stop (?:harassing|bothering|pestering|spamming)|"
    r"(?:this is|its|what) (?:harassment|spam|a scam)|you (?:are|re) (?:harassing|spamming)|spammers?|"
    r"cease and desist|go to hell|fuck\w*|bullshit|(?:is|piece of|full of) (?:shit|crap)|screw you|how dare you|"
    r"(?:never|dont ever|do not ever) (?:e ?mail|contact|write|write to|bother|message) (?:me|"
    r"us)(?: ever)? ?(?:again)?|"
    r"(?:will|going to|gonna|ll) (?:sue|report) (?:you|this)|(?:have |am |im )?report(?:ed|ing) (?:you|this|it) "
    r"(?:as|to|for)|"
    r"dejen?(?:me|nos) en paz|dejen? de (?:molestar|acosar|fastidiar)\w*|(?:esto es|que) (?:acoso|spam|una estafa)|"
    r"vayanse al|vaya\w* al (?:diablo|carajo)|mierda|carajo|no (?:me |nos )?vuelvan? a (?:escribir|contactar|"
    r"molestar)\w*|"
    r"(?:los|las|les) voy a (?:denunciar|demandar|reportar))\b"
)
"""Words that are themselves a no, and that a person must read before anybody of that program is written to."""

SAYS_PERHAPS = re.compile(
    r"\b(?:stop\w*|un ?su[bs]\w*cri\w*|un ?subsri\w*|desuscri\w*|desinscri\w*|"
    r"remove (?:me|my|us|our|this|her|him|the|them)|take (?:me|us|her|him|them) off|cease|"
    rf"no (?:further|other|additional) {_LETTERS}|no mas|no longer wish\w*|unlist|arret\w*|desabonn\w*|"
    r"opt\w* out|"
    r"opt out|not interested|no interest|no,? thank\w*|no thanks|"
    r"(?:do not|dont|never|quit|please no) (?:\w+ )?(?:e ?mail|contact|write|send|sending|message|call)\w*|"
    r"cancel\w*|leave (?:the|your|this) (?:list|network|group)|(?:off|out of|from) (?:the|your|this) (?:\w+ )?list|"
    r"complain\w*|spam\w*|scam\w*|phishing|lawyer|attorney|legal (?:action|department|counsel)|annoy\w*|upset|angry|"
    r"frustrat\w*|inappropriate|unwanted|unsolicited|too many (?:e ?mails?|messages)|offen[ds]\w*|privacy|"
    r"how did you get|who gave you|where did you get|"
    r"alto|baja|quit(?:ar|en)\w*|borr(?:ar|en)\w*|elimin(?:ar|en)\w*|saquen\w*|no (?:me|nos) interesa\w*|no gracias|"
    r"no (?:quiero|deseo|queremos|deseamos)|no (?:me|nos) (?:envi|mand|escrib|contact)\w*|dej(?:e|en|a|ar) de|"
    r"molest\w*|quej\w*|abogad\w*|estafa\w*|demasiados|privacidad|de donde (?:sac|obtuv)\w*|quien (?:le|les) dio)\b"
)
"""A no may hide in these words; only a person may say."""

BARE_NO = re.compile(
    r"(?:(?:please|por favor) )?(?:remove|delete|pause|basta|borrar?|not newsletter)(?: please| por favor)?|"
    r"(?:no )?(?:no+|nope|nah|no way|not for (?:me|us)|not at this time|no por el momento|para nada|quit|end|cancel\w*|"
    r"s t o p|st0p|remove \w+|(?:i|we) (?:would|d) rather not\b.*|(?:ill|i will|we will|well) pass)"
)
"""A sentence that is a no to something, and only a person can say to what."""

HARMLESS = re.compile(
    r"\b(?:stop(?:ped|ping|s)? by|bus stop|one stop|non ?stop|nonstop|(?:spam|junk) (?:folder|filter|box)|"
    r"(?:carpeta|filtro|bandeja) de (?:spam|correo no deseado)|privacy (?:notice|statement|policy)|"
    r"baja california|alto nivel|alta calidad)\b"
)
"""Phrases that hold such a word and mean nothing by it; taken out before `SAYS_PERHAPS` looks."""

TURNS = re.compile(
    r"\b(?:but|however|unless|except|although|not|no|dont|cannot|cant|wont|only if|instead|until|stop|"
    r"unsubscribe|remove|"
    r"keep|pero|aunque|excepto|salvo|sin embargo|solo si|todavia|hasta|mejor)\b"
)
"""A command followed by these is no plain command any more."""

GONE = re.compile(
    r"\b(?:(?:no|not) longer (?:with|work\w*|employed|at|in|a member of|the health|here|in this)|"
    r"(?:has|have|had|ive) (?:left|retired|resigned|moved on from)|(?:is|am|im) (?:now )?retired|"
    r"left (?:the|our|my) (?:agency|program|organi[sz]ation|company|position|job)|last day (?:was|is|with|at)|"
    r"ya no (?:trabaj\w+|labora\w*|forma parte|estoy|esta)|(?:se|me) (?:jubil|retir)\w+|dej\w* (?:la agencia|"
    r"el programa|"
    r"el puesto|la organizacion))\b"
)
"""The person does not do this work any more, or says so."""

AWAY_SUBJECT = re.compile(
    r"(?:re |aw |rv )*(?:auto(?:matic|mated)?(?: |$)?(?:reply|response|answer)?\b|autoreply\b|auto reply\b|"
    r"auto response\b|"
    r"out of (?:the )?office|ooo\b|away from|on (?:vacation|leave|travel)|(?:i am|im) (?:out|away|on)|vacation\b|"
    r"respuesta automatica|fuera de (?:la )?oficina|ausente|ausencia|de vacaciones|mensaje automatico)"
)
AWAY = re.compile(
    r"\b(?:out of (?:the |my )?office|out of town|(?:am|im|be|is|are|currently|will be) (?:currently )?(?:out|"
    r"away|off)|away from|"
    r"on (?:vacation|leave|maternity|paternity|parental|family|medical|annual|sick|holiday|travel|pto|furlough|"
    r"summer break)"
    r"|(?:maternity|paternity|parental|family|medical|annual|sick) leave|limited access to (?:my )?e ?mail|"
    r"will (?:return|be back)|(?:i )?return(?:ing)? (?:to (?:the|my) office )?on|when i (?:return|get back)|"
    r"summer break|"
    r"(?:programs?|offices?|centers?) (?:is|are|will be) closed|"
    r"fuera de (?:la |mi )?oficina|de vacaciones|(?:estoy|estare|me encuentro|me encontrare) (?:fuera|ausente|"
    r"de licencia|"
    r"de permiso)|ausente|licencia (?:de|por)|permiso (?:de|por)|(?:regres|volv|vuelv)\w+ (?:a la oficina )?(?:el|a)|"
    r"acceso limitado|incapacidad)\b"
)

GREETING = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|hola|buen(?:os|as)? (?:dias?|tardes|"
    r"noches)|"
    r"estimad[ao]s?|querid[ao]s?|saludos)(?: \S+){0,4}"
)
THANKS = re.compile(
    r"(?:thanks|thank you|thx|many thanks|gracias|muchas gracias|mil gracias)(?: (?:so much|very much|again|"
    r"for \w+(?: \w+){0,5}|"
    r"por \w+(?: \w+){0,5}))?(?: \S+){0,2}"
)


_APOSTROPHES = dict.fromkeys(map(ord, "'’‘\u00b4`"))


def fold(text: str) -> str:
    """Makes spellings alike: lower case, no accents or punctuation, single spaces ("¡Sí, gracias!" -> "si gracias")."""
    plain = unaccented(text).translate(_APOSTROPHES)
    return " ".join("".join(letter if letter.isalnum() else " " for letter in plain).split())


def unaccented(text: str) -> str:
    """Lower case without accents; punctuation stays, because dates need it."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in spread if not unicodedata.combining(letter))
